// What a build of this app reads from its environment, or from a file `.env`.

interface ImportMetaEnv {
  /** Address of the Milepost collector. */
  readonly VITE_COLLECTOR?: string;
  /** Name of the data set there. */
  readonly VITE_SITE?: string;
}
