/** Whether a request to S3 bears the signature of a secret: AWS Signature Version 4, as its documentation tells it. */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

type Signed = Pick<IncomingMessage, "method" | "url" | "headers">;

export function isSigned({ method = "", url = "", headers }: Signed, secret: string): boolean {
  const given =
    /Credential=[^/]+\/(?<date>\d+)\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, ?SignedHeaders=(?<names>[^,]+), ?Signature=(?<signature>\w+)/.exec(
      headers.authorization ?? "",
    )?.groups;
  if (!given) return false;
  const { date = "", region = "", service = "", names = "", signature } = given;
  const [path = "", query = ""] = url.split("?");
  const canonical = [
    method,
    path,
    query
      .split("&")
      .filter(Boolean)
      .map((one) => (one.includes("=") ? one : `${one}=`))
      .sort()
      .join("&"),
    ...names.split(";").map((name) => `${name}:${headers[name]}`),
    "",
    names,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash].join("\n");
  const keyed = (key: string | Buffer, value: string) => createHmac("sha256", key).update(value).digest();
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(keyed, `AWS4${secret}`);
  return keyed(key, text).toString("hex") === signature;
}
