import type { ChatClient, ClientOptions } from "./client.ts";

export declare function createClient(options?: ClientOptions): ChatClient;
