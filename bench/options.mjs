// Reads the command line. A wrong word is answered with the right ones.

/** What there is to choose from comes in `names`: `{ trackers, measures }`. Throws an Error that says what would be right. */
export function parse(given, names) {
  const options = { only: names.trackers, measures: names.measures, runs: null, quick: false, resume: false, help: false };
  const rest = [...given];
  while (rest.length) {
    const [word, inline] = split(rest.shift());
    const value = (what) => {
      const next = inline ?? rest.shift();
      if (next === undefined || next === "" || next.startsWith("--")) throw new Error(`${word} needs ${what}`);
      return next;
    };
    if (word === "--only") options.only = listed(word, value("trackers, separated by commas"), names.trackers);
    else if (word === "--measure") options.measures = listed(word, value("measures, separated by commas"), names.measures);
    else if (word === "--runs") options.runs = count(value("a whole number from 1"));
    else if (["--quick", "--resume", "--help"].includes(word) && inline === undefined) options[word.slice(2)] = true;
    else throw new Error(`there is no option ${word}; there are --only, --measure, --runs, --quick, --resume and --help`);
  }
  return options;
}

function split(word) {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** In the order of `known`, each once. */
function listed(option, value, known) {
  const wanted = value.split(",").filter(Boolean);
  for (const each of wanted) {
    if (!known.includes(each)) throw new Error(`${option}: there is no ${JSON.stringify(each)}; there are ${known.join(", ")}`);
  }
  return known.filter((each) => wanted.includes(each));
}

function count(value) {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Error(`--runs needs a whole number from 1 to 9999, not ${JSON.stringify(value)}`);
  return Number(value);
}
