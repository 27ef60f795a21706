// What the platforms of these tests have in common: two buttons, and a cookie that keeps what was chosen.

export function banner(choose) {
  const ask = () => {
    document.body.insertAdjacentHTML("beforeend", `<p><button id="agree">Accept all</button><button id="refuse">Reject all</button></p>`);
    document.getElementById("agree").addEventListener("click", () => choose(true));
    document.getElementById("refuse").addEventListener("click", () => choose(false));
  };
  if (document.body) ask();
  else addEventListener("DOMContentLoaded", ask);
}

export function kept(name) {
  return new RegExp(`(?:^|; )${name}=([^;]*)`).exec(document.cookie)?.[1];
}

export function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; SameSite=Lax`;
}
