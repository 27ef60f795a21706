// The studio letter's forms. This example has no mail service: the address goes nowhere.

for (const form of document.querySelectorAll("form[data-letter]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const thanks = document.createElement("p");
    thanks.className = "thanks";
    thanks.tabIndex = -1;
    thanks.textContent = "Thank you: the next letter is yours.";
    form.replaceWith(thanks);
    thanks.focus();
  });
}
