"use client";

import { MilepostProvider, useTracker } from "milepost/react";
import { useState } from "react";

export function Tracking({ options, children }) {
  const [consent, setConsent] = useState();
  return (
    <MilepostProvider options={options} consent={consent}>
      {children}
      <button id="agree" onClick={() => setConsent({ analytics: "granted" })}>Agree</button>
      <SignUp />
    </MilepostProvider>
  );
}

function SignUp() {
  const tracker = useTracker();
  return <button id="sign-up" onClick={() => tracker.track("sign_up", { method: "Next.js" })}>Sign up</button>;
}
