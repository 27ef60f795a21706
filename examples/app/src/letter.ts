// The letter about new courses: a form whose attributes say what it is, with no call to the tracker.

import { find } from "./find.ts";
import { html } from "./html.ts";

/** A form is told of when it is submitted, unless `data-mp-on` says otherwise. */
export const letterForm = html`
  <form class="letter" id="letter" data-mp-event="sign_up" data-mp-method="letter">
    <div>
      <h2>New courses first</h2>
      <p>A letter every other month, and nothing in between.</p>
    </div>
    <div class="letter-fields">
      <label for="letter-email">E-mail address</label>
      <div class="row">
        <input id="letter-email" name="email" type="email" autocomplete="email" required>
        <button class="button">Subscribe</button>
      </div>
    </div>
  </form>`;

/** Thanks for it in its place. */
export function attachLetter(main: HTMLElement): void {
  const form = find(main, ".letter");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const thanks = document.createElement("p");
    thanks.className = "letter";
    thanks.tabIndex = -1;
    thanks.textContent = "Thank you: the next letter is yours.";
    form.replaceWith(thanks);
    thanks.focus();
  });
}
