import type { ConsentChoices } from "milepost";
import { MilepostProvider, useTracker } from "milepost/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { options } from "./options.js";

function Buy() {
  const tracker = useTracker();
  return <button onClick={() => tracker.track("sign_up", { method: "React" })}>Sign up</button>;
}

function App() {
  const [consent, setConsent] = useState<ConsentChoices>();
  return (
    <MilepostProvider options={options} consent={consent}>
      <button id="agree" onClick={() => setConsent({ analytics: "granted" })}>Agree</button>
      <Buy />
    </MilepostProvider>
  );
}

createRoot(document.querySelector("#app")!).render(<StrictMode><App /></StrictMode>);
