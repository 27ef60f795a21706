export default { base: "/astro/dist", telemetry: false };
