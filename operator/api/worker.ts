import * as z from "zod";
import { programFields } from "./pods.ts";

export const workerSpec = z
  .object({
    replicas: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .meta({ description: "Number of workers; jobs are shared between them." }),
    ...programFields(60, "Seconds that a stopping worker has to finish the jobs it is at."),
  })
  .prefault({})
  .meta({ description: "The workers: push, schedules, retention." });
