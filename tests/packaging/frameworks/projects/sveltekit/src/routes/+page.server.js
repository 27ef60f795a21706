import { env } from "$env/dynamic/private";

export const load = () => ({ site: env.SITE, collector: env.COLLECTOR });
