import {
  type AnyProvider,
  type FileDelivery,
  fileDelivery,
  ndjson,
  type PagedDelivery,
  type Provider,
  pagedDelivery,
  type RequestSchema,
} from "exportkit/provider";
import {
  createEmulator,
  createShiftableClock,
  type Emulator,
  type EmulatorClock,
  type EmulatorReply,
  type EmulatorRequest,
  type ReplyOverrides,
  rangeReply,
  selectRange,
  textReply,
} from "exportkit/testing";

export const apiKey = "canary-orders-api-key";
const api = "https://orders.example";
const store = "https://files.orders.example";
export const orders = 60;

/** An emulated vendor of orders: a job and a file behind a signed URL at `/exports`, a listing of pages at `/orders`. */
export interface OrdersEmulator extends Emulator {
  fail(): void;
  forget(): void;
  say(word: string): void;
  add(count: number): void;
}

export function ordersEmulator(given: EmulatorClock): OrdersEmulator {
  const clock = createShiftableClock(given);
  const json = (status: number, body: unknown) => textReply(status, "application/json", JSON.stringify(body));
  let [jobs, failing, revoked, word, links, added] = [0, false, false, "", 0, 0];
  let revision = 0;
  const line = (id: number) =>
    `${JSON.stringify({ id, note: `order ${id} of revision ${revision}`.padEnd(90) })}\n`;
  const ids = () => Array.from({ length: orders + added }, (_, index) => orders + added - index);

  function file(
    { headers, url }: EmulatorRequest,
    { expired, changed, missing }: ReplyOverrides,
  ): EmulatorReply {
    if (changed) revision += 1;
    if (headers.has("authorization"))
      return textReply(400, "application/xml", "<Code>InvalidArgument</Code>");
    if (expired || url.searchParams.get("signature") !== `signature-of-link-${links}`)
      return textReply(403, "application/xml", "<Code>AccessDenied</Code>");
    if (missing) return textReply(404, "application/xml", "<Code>NoSuchKey</Code>");
    const bytes = new TextEncoder().encode(ids().map(line).join(""));
    const etag = `"${revision}"`;
    const condition = headers.get("if-range");
    const range = selectRange(
      condition === null || condition === etag ? headers.get("range") : null,
      bytes.byteLength,
    );
    if (range.kind === "unsatisfiable")
      return textReply(416, "text/plain", "", { "content-range": `bytes */${bytes.byteLength}` });
    const part = rangeReply(range, bytes.byteLength, true);
    return {
      status: part.status,
      headers: { "content-type": "application/x-ndjson", etag, ...part.headers },
      body: bytes.slice(part.start, part.end),
      length: part.length,
    };
  }

  function answer({ method, url, headers }: EmulatorRequest, overrides: ReplyOverrides): EmulatorReply {
    if (overrides.revoked) revoked = true;
    if (revoked || headers.get("authorization") !== `Bearer ${apiKey}`)
      return json(401, { error: "who are you?" });
    if (url.pathname === "/orders") {
      const page = Number(url.searchParams.get("page")) + (overrides.pageOffset ?? 0);
      const items = ids().slice((page - 1) * 10, page * 10);
      return json(200, {
        page,
        items: items.map((id) => JSON.parse(line(id))),
        more: ids().length > page * 10,
        total: ids().length,
      });
    }
    if (url.pathname === "/exports" && method === "POST") return json(200, { id: ++jobs, state: "queued" });
    const id = Number(/^\/exports\/(\d+)$/.exec(url.pathname)?.[1]);
    if (!(id >= 1 && id <= jobs)) return json(404, { error: "no such export" });
    if (word !== "") return json(200, { id, state: word });
    if (failing) return json(200, { id, state: "failed", reason: "the warehouse is closed" });
    return json(200, { id, state: "done", url: `${store}/${id}?signature=signature-of-link-${++links}` });
  }

  const emulator = createEmulator({
    name: "orders",
    origins: { api, store },
    clock,
    identify({ method, url }, role) {
      if (role === "store") return "artifact";
      if (url.pathname === "/orders") return "page";
      return method === "POST" ? "start" : "poll";
    },
    respond: async (request, role, overrides) =>
      role === "store" ? file(request, overrides) : answer(request, overrides),
  });
  return Object.assign(emulator, {
    fail: () => {
      failing = true;
    },
    forget: () => {
      jobs = 0;
    },
    say: (next: string) => {
      word = next;
    },
    add: (count: number) => {
      added += count;
    },
  });
}

export interface Order {
  readonly id: number;
}

const requestSchema: RequestSchema<{ readonly year: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const year = (value as { readonly year?: unknown } | null)?.year;
      return typeof year === "number"
        ? { value: { year } }
        : { issues: [{ path: ["year"], message: "must be a number" }] };
    },
  },
};

const shared = {
  spec: 1,
  name: "orders",
  requestSchema,
  origins: [api],
  secrets: () => [apiKey],
  authorize: () => ({ authorization: `Bearer ${apiKey}` }),
} as const;

interface State {
  readonly state: string;
  readonly reason?: string;
  readonly url: string;
}

type OrdersRequest = { readonly year: number };
type OrdersProvider<D> = Provider<OrdersRequest, Order> & { readonly delivery: D };

/** An adapter for its exports that is right. */
export const fileProvider = (): OrdersProvider<FileDelivery<OrdersRequest>> => ({
  ...shared,
  capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: ["ndjson"] },
  async start(context, { year }) {
    const { json } = await context.request({ method: "POST", url: `${api}/exports?year=${year}` });
    return { id: String((json as { readonly id: number }).id), status: "pending" };
  },
  async poll(context, job) {
    const response = await context.request({ method: "GET", url: `${api}/exports/${job.id}`, accept: [404] });
    if (response.status === 404)
      return {
        status: "expired",
        failure: { code: "EXPORT_EXPIRED", message: "the export is not known any more" },
      };
    const { state, reason = "" } = response.json as State;
    if (state === "failed") return { status: "failed", failure: { code: "EXPORT_FAILED", message: reason } };
    return { status: state === "done" ? "succeeded" : "running", providerStatus: state };
  },
  delivery: fileDelivery({
    async locate(context, job) {
      const { json } = await context.request({ method: "GET", url: `${api}/exports/${job.id}` });
      return { url: (json as State).url, credentials: "none" };
    },
    records: () => ndjson<Order>(),
  }),
});

/** An adapter for its listing that is right. */
export const pagesProvider = (): OrdersProvider<PagedDelivery<OrdersRequest>> => ({
  ...shared,
  capabilities: { delivery: "pages", jobs: "immediate", progress: false, formats: ["ndjson"] },
  start: async (context) => {
    await context.request({ method: "GET", url: `${api}/orders?page=1` });
    return { id: "listing", status: "succeeded" };
  },
  poll: async () => ({ status: "succeeded" }),
  delivery: pagedDelivery({
    async fetchPage(context, _job, cursor) {
      const asked = Number(cursor?.page ?? 1);
      const { json } = await context.request({ method: "GET", url: `${api}/orders?page=${asked}` });
      const { page, items, more, total } = json as {
        page: number;
        items: Order[];
        more: boolean;
        total: number;
      };
      if (page !== asked) throw context.invalidResponse(`page ${page} came instead of page ${asked}`);
      return { items, next: more ? { page: asked + 1 } : undefined, total };
    },
    records: () => ({
      kind: "pages",
      map: (item) => item as Order,
      identify: (order) => String((order as Order).id),
    }),
  }),
});

/** The same adapter with a part of it replaced. */
export function broken<P extends AnyProvider>(provider: P, change: (right: P) => object): AnyProvider {
  return { ...provider, ...change(provider) };
}

/** The same adapter with a part of its delivery replaced. */
export function brokenDelivery<P extends AnyProvider>(
  provider: P,
  change: (right: P["delivery"]) => object,
): AnyProvider {
  return broken(provider, ({ delivery }) => ({ delivery: { ...delivery, ...change(delivery) } }));
}
