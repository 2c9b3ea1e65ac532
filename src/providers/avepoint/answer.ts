import type { HttpResponse, ProviderContext } from "../../provider/contract.js";
import { isObject } from "../../provider/values.js";

/** An answer of the API, as far as it is understood. */
export interface Answer {
  /** The status inside the body, the second of AvePoint's three: behind HTTP 200 there may be a refusal. */
  readonly status: number | undefined;
  readonly message: string;
  readonly body: { readonly [key: string]: unknown };
}

export function readAnswer({ json }: HttpResponse): Answer | undefined {
  if (!isObject(json)) return undefined;
  const status = numberOf(json.status) ?? numberOf(json.statusCode);
  return { status, message: typeof json.message === "string" ? json.message.trim() : "", body: json };
}

/** The body of an answer that is good by its own status too; throws what it means otherwise. */
export function readBody(
  context: ProviderContext,
  response: HttpResponse,
  operation: "start" | "poll",
): { readonly [key: string]: unknown } {
  const answer = readAnswer(response);
  if (!answer) throw context.invalidResponse("AvePoint answered with something other than an object");
  const { status, body } = answer;
  if (status === undefined || status === 200 || status === response.status) return body;
  // A refusal leaves nothing behind. Whether anything else does is open, and to a start that matters.
  const refused = status >= 400 && status <= 499 && status !== 408;
  if (refused || (operation === "poll" && status >= 400)) throw context.failure({ ...response, status });
  throw context.invalidResponse(`AvePoint answered HTTP ${response.status} with status ${status} inside`);
}

/** A whole number, also where it is written as a string. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}
