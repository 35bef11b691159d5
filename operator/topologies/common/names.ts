/** The names of all objects of one ChatCluster; people, dashboards and tests rely on them. */

export interface Names {
  gateway: string;
  gatewayPods: string;
  worker: string;
  redis: string;
  /** Headless: gives each Redis pod a name of its own. */
  redisPods: string;
  sentinel: string;
  postgres: string;
  postgresWrite: string;
  postgresRead: string;
  /** Secret of what only several Postgres need. */
  postgresHa: string;
  settings: string;
  auth: string;
  migrate: string;
}

/** Names for the ChatCluster `cluster`, which has at most 40 characters so that all stay below 63. */
export function namesOf(cluster: string): Names {
  return {
    gateway: `${cluster}-gateway`,
    gatewayPods: `${cluster}-gateway-pods`,
    worker: `${cluster}-worker`,
    redis: `${cluster}-redis`,
    redisPods: `${cluster}-redis-pods`,
    sentinel: `${cluster}-sentinel`,
    postgres: `${cluster}-postgres`,
    postgresWrite: `${cluster}-postgres-rw`,
    postgresRead: `${cluster}-postgres-ro`,
    postgresHa: `${cluster}-postgres-ha`,
    settings: `${cluster}-settings`,
    auth: `${cluster}-auth`,
    migrate: `${cluster}-migrate`,
  };
}

/** Ports of the pods. */
export const ports = {
  http: 3000,
  metrics: 9464,
  redis: 6379,
  /** Of Redis Cluster's own talk. */
  redisBus: 16_379,
  sentinel: 26_379,
  postgres: 5432,
  patroni: 8008,
  dns: 53,
} as const;
