import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second of /proc: USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Process {
  parent: number;
  /** Ticks of its own threads. */
  own: number;
  /** Ticks of its children that ended and were waited for. */
  ended: number;
}

/**
 * CPU that each part has used since it started, in ms; `machine` is all that the machine was busy, `stolen` what
 * the host of a virtual machine gave to others while this one wanted it.
 */
export type CpuSample<Part extends string> = Record<Part | "machine" | "stolen", number>;

/**
 * CPU time of each part: its processes with all their descendants, those included that ended meanwhile
 * (Postgres has one for each connection). Resolution 10 ms for each process.
 */
export function sampleCpu<Part extends string>(parts: Record<Part, readonly number[]>): CpuSample<Part> {
  const processes = readProcesses();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of processes) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  function ticks(pid: number): number {
    const process = processes.get(pid);
    if (!process) return 0;
    let sum = process.own + process.ended;
    for (const child of children.get(pid) ?? []) sum += ticks(child);
    return sum;
  }
  const sample = machineTimes() as CpuSample<Part>;
  for (const part of Object.keys(parts) as Part[]) {
    const sum = parts[part].reduce((total, pid) => total + ticks(pid), 0);
    sample[part] = ((1000 * sum) / ticksPerSecond) as CpuSample<Part>[Part];
  }
  return sample;
}

/** Resident memory of a process in KB; throws when it is gone. */
export function residentKb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!match) throw new Error(`process ${pid} has no VmRSS in /proc`);
  return Number(match[1]);
}

function readProcesses(): Map<number, Process> {
  const processes = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      // The name in brackets may hold anything, brackets and spaces too: count fields from the last bracket.
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const field = (number: number) => Number(fields[number - 3]); // numbered as in proc(5)
      processes.set(pid, { parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) });
    } catch {
      // It ended between the two reads: its parent has its ticks by now.
    }
  }
  return processes;
}

function machineTimes(): { machine: number; stolen: number } {
  const line = readFileSync("/proc/stat", "latin1").split("\n", 1)[0]!;
  const [user = 0, nice = 0, system = 0, _idle, _wait, irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const ms = 1000 / ticksPerSecond;
  return { machine: ms * (user + nice + system + irq + softirq), stolen: ms * steal };
}
