// Serves an emulated project to another process: node bench/speed/server.ts TOKEN USERS
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";

const [token = "", users = "0"] = process.argv.slice(2);
const { endpoint } = await serveEmulator(createAuthgearEmulator({ tokens: [token], users: Number(users) }));
process.send?.(endpoint);
