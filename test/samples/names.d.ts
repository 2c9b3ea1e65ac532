// biome-ignore-all lint/suspicious/noExplicitAny: what a sample takes from the rest of a program is of any type.
// What a sample may name without saying where it comes from: a client of three connections, and the rest of a program.
type Connections = {
  readonly users: import("exportkit/authgear").AuthgearProvider;
  readonly access: import("exportkit/avepoint").AvepointProvider;
  readonly readers: import("exportkit/zephr").ZephrProvider;
};
export declare const providers: Connections;
export declare const client: import("exportkit").ExportClient<Connections>;
export declare let job: import("exportkit").ExportJob<"users", { readonly format: "ndjson" }>;
export declare const download: import("exportkit").ExportDownload<import("exportkit/authgear").AuthgearUser>;
export declare const checkpoint: import("exportkit").Checkpoint | undefined;
export declare const started: typeof job;
export declare const emulator: import("exportkit/testing").AuthgearEmulator;

export declare const scenario: import("exportkit/testing").FaultScenario;
export declare const tokens: readonly string[];
export declare const keys: { readonly [keyId: string]: string };

// Options.
export declare const endpoint: string;
export declare const projectId: string;
export declare const keyId: string;
export declare const taskId: string;
export declare const privateKey: string;
export declare const certificate: string;
export declare const token: string;
export declare const tenantId: string;
export declare const accessKey: string;
export declare const secretKey: string;
export declare const clientId: string;
export declare const clientSecret: string;
export declare const baseUrl: string;
export declare const tokenUrl: string;
export declare const origin: string;
export declare const signal: AbortSignal;
export declare const clock: import("exportkit").Clock;
export declare const random: () => number;

// A program around it. What a store gives back is unknown.
export declare const row: { readonly job: unknown; readonly checkpoint: unknown; readonly error: string };
export declare const run: string;
export declare const records: readonly unknown[];
export declare const error: any;
export declare const process: any;
export declare const hash: any;
export declare const target: import("exportkit/object-store").UploadTarget;
export declare const db: any;
export declare const pool: any;
export declare const env: any;
export declare const ctx: any;
export declare const metrics: any;
export declare const log: (value: unknown) => void;
export declare const save: (value: unknown) => Promise<void>;
export declare const load: () => Promise<any>;
export declare const store: (...values: readonly unknown[]) => Promise<void>;
export declare const upsert: (value: unknown) => Promise<void>;
export declare const comeBackIn: (ms: number) => Promise<void>;
export declare const comeBackAt: (at: number) => Promise<void>;
export declare const sleepUntil: (at: number) => Promise<void>;
export declare const schedule: (at: Date) => Promise<void>;
export declare const tomorrow: Date;
export declare const askSomebodyToLook: (message: string) => Promise<void>;
export declare const tryAgain: (at: Date | undefined) => Promise<void>;
export declare const use: (value: unknown) => void;

// Exports in steps.
export declare const sink: import("exportkit/durable").Sink<any> & { readonly claimStart: typeof claimStart };
export declare const claimStart: import("exportkit/durable").ClaimStart;
export declare const engine: import("exportkit/durable").Engine;
export declare const request: { readonly format: "ndjson" };
export declare const lastRun: import("exportkit/durable").ExportState;
export declare const loadLastRun: () => Promise<import("exportkit/durable").ExportState>;
export declare const saveLastRun: (state: import("exportkit/durable").ExportState) => Promise<void>;
export declare const known: import("exportkit/object-store").UploadState | undefined;

// Of other packages.
export declare const DBOS: any;
export declare const TerminalError: any;
export type Context = any;
export declare const pino: any;
export declare const http: any;
export declare const z: any;
export declare const it: any;
export declare const expect: any;

// Adapters.
export interface Order {
  readonly id: string;
}
export interface OrdersPage {
  readonly number: number;
  readonly orders: readonly Order[];
  readonly more: boolean;
  readonly last: string;
}
export declare const pageUrl: (job: unknown, cursor: unknown) => string;
export declare const signedUrl: (context: unknown, id: string) => Promise<string>;
export declare const orderOf: (item: unknown) => Order;
export interface OrdersOptions {
  readonly origin: string;
  readonly apiKey: string;
}
export interface OrdersRequest {
  readonly year: number;
}
export interface User {
  readonly sub: string;
}
export type FullRow = { readonly full: true };
export type ShortRow = { readonly short: true };
export declare const requestSchema: import("exportkit/provider").RequestSchema<OrdersRequest>;
export declare const orders: (
  options: OrdersOptions,
) => import("exportkit/provider").Provider<OrdersRequest, Order>;
export declare const ordersEmulator: (count: number, clock: any) => any;
export declare const rowsOf: (file: string) => any;
export declare const given: { readonly apiKey: string };
export declare const now: number;
export declare const kid: string;
