/** TLS options and headers as they are now. */
export interface Credentials {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  servername?: string | undefined;
  rejectUnauthorized?: boolean | undefined;
  headers: Record<string, string>;
}
