import { connection } from "next/server";
import { Tracking } from "./tracking.jsx";

export const metadata = { title: "Milepost with Next.js", icons: "data:," };

export default async function Layout({ children }) {
  await connection(); // Rendered for each request, with what the server's environment has then.
  return (
    <html lang="en">
      <body>
        <Tracking options={{ site: process.env.SITE, collector: process.env.COLLECTOR, batch: { maxWaitMs: 20 } }}>{children}</Tracking>
      </body>
    </html>
  );
}
