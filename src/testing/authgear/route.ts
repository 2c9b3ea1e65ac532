import type { EmulatorRequest } from "../emulator.js";
import { type EmulatorReply, textReply } from "../reply.js";
import { plainReply } from "./errors.js";

/** What a request at the API asks for. */
export type AuthgearRoute = { readonly kind: "collection" } | { readonly kind: "task"; readonly id: string };

const collection = "/_api/admin/users/export";
const methods = { collection: "POST", task: "GET" } as const;

/** The route of a path as it stands in the request; `undefined` where there is none. */
export function routeOf(path: string): AuthgearRoute | undefined {
  const decoded = decode(path);
  if (decoded === collection) return { kind: "collection" };
  const id = decoded?.startsWith(`${collection}/`) ? decoded.slice(collection.length + 1) : "";
  return id === "" || id.includes("/") ? undefined : { kind: "task", id };
}

/** The answers that the server's router gives by itself: bad escapes, paths to put right, methods, OPTIONS. */
export function routerReply(request: EmulatorRequest): EmulatorReply | undefined {
  const { method, url } = request;
  const path = pathOf(request);
  if (decode(path) === undefined) return plainReply(400, "400 Bad Request");
  const route = routeOf(path);
  if (route === undefined) {
    const right = putRight(path);
    const target = right === undefined ? undefined : routeOf(right);
    if (right === undefined || target === undefined || methods[target.kind] !== method)
      return plainReply(404, "404 page not found");
    return redirect(method === "GET" ? 301 : 307, `${right}${url.search}`);
  }
  const allow = route.kind === "collection" ? "OPTIONS, POST" : "GET, OPTIONS";
  if (method === "OPTIONS") return textReply(200, "text/plain; charset=utf-8", "", { allow });
  return method === methods[route.kind] ? undefined : plainReply(405, "Method Not Allowed", { allow });
}

/** A `URL` has put the path right already; over a socket it is known as it was sent. */
export function pathOf({ url, target }: EmulatorRequest): string {
  return target?.startsWith("/") ? (target.split("?")[0] ?? "") : url.pathname;
}

/** A path without `.`, `..`, doubled and trailing slashes, its fixed parts in the case they are known by. */
function putRight(path: string): string | undefined {
  const clean: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") clean.pop();
    else if (segment !== "" && segment !== ".") clean.push(segment);
  }
  const known = collection.slice(1).split("/");
  if (!known.every((segment, index) => clean[index]?.toLowerCase() === segment)) return undefined;
  return `/${[...known, ...clean.slice(known.length)].join("/")}`;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function redirect(status: 301 | 307, location: string): EmulatorReply {
  if (status === 307) return textReply(status, "text/plain; charset=utf-8", "", { location });
  const page = `<a href="${location.replaceAll("&", "&amp;").replaceAll('"', "&#34;")}">Moved Permanently</a>.\n\n`;
  return textReply(status, "text/html; charset=utf-8", page, { location });
}
