// Starts an export, tells how it stands, and streams it as CSV, to callers who know the key.
import { authgear, users } from "./authgear.js";

const COLUMNS =
  "sub,email,email_verified,phone_number,phone_number_verified,preferred_username,name,given_name,family_name,locale,address,roles,groups,disabled,created_at,last_login_at,identities,mfa,custom_attributes".split(
    ",",
  );

function cell(value) {
  if (value === undefined || value === null) return "";
  let text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // Somebody will open it in a spreadsheet.
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* csv(records) {
  const encoder = new TextEncoder();
  let text = `${COLUMNS.join(",")}\n`;
  for await (const { user } of records) {
    text += `${COLUMNS.map((name) => cell(user[name])).join(",")}\n`;
    if (text.length < 32_768) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function streamOf(chunks) {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => chunks.return(),
  });
}

async function isAllowed(request, key) {
  const digest = async (text) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [sent, expected] = await Promise.all([
    digest(request.headers.get("authorization") ?? ""),
    digest(`Bearer ${key}`),
  ]);
  return Boolean(key) && sent.every((byte, index) => byte === expected[index]);
}

export default {
  async fetch(request, env) {
    if (!(await isAllowed(request, env.CALLER_KEY))) return new Response("not allowed", { status: 403 });
    const vendor = authgear({
      endpoint: env.AUTHGEAR_ENDPOINT,
      projectId: env.AUTHGEAR_PROJECT_ID,
      keyId: env.AUTHGEAR_KEY_ID,
      privateKey: env.AUTHGEAR_PRIVATE_KEY,
    });
    try {
      const stored = new URL(request.url).searchParams.get("job");
      if (!stored) {
        const { id } = await vendor.start("ndjson");
        return Response.json({ id });
      }
      const { id } = JSON.parse(stored);
      if (typeof id !== "string") return new Response("job: no job", { status: 400 });
      const task = await vendor.status(id);
      if (!task.download_url) return Response.json({ id });
      return new Response(streamOf(csv(users(vendor.bytes(id)))), {
        headers: {
          "content-type": "text/csv; charset=utf-8",
          "content-disposition": `attachment; filename="${id.replace(/\W/g, "_")}.csv"`,
        },
      });
    } catch (error) {
      if (error instanceof SyntaxError) return new Response("job: no JSON", { status: 400 });
      return Response.json({ message: error.message }, { status: 502 });
    }
  },
};
