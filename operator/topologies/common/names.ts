/** The names of all objects of one ChatCluster; people, dashboards and tests rely on them. */

export interface Names {
  gateway: string;
  gatewayPods: string;
  worker: string;
  redis: string;
  postgres: string;
  postgresWrite: string;
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
    postgres: `${cluster}-postgres`,
    postgresWrite: `${cluster}-postgres-rw`,
    settings: `${cluster}-settings`,
    auth: `${cluster}-auth`,
    migrate: `${cluster}-migrate`,
  };
}

/** Ports of the pods. */
export const ports = { http: 3000, metrics: 9464, redis: 6379, postgres: 5432, dns: 53 } as const;
