// bench/stalled.mjs PORT HOST N [HEADERS]: N browsers that ask for a large file and take nothing of it; "ready" when all have asked.
import { connect } from "node:tls";

const [port, host, n, headers = ""] = process.argv.slice(2);
const more = headers.split("\n").filter((line) => line !== "").map((line) => line + "\r\n").join("");
let asked = 0;
for (let i = 0; i < Number(n); i++) {
  const socket = connect({ host: "127.0.0.1", port: Number(port), servername: host, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }, () => {
    socket.pause();
    socket.write(`GET /bulk HTTP/1.1\r\nHost: ${host}:${port}\r\n${more}\r\n`);
    if (++asked === Number(n)) console.log("ready");
  });
  socket.on("error", (e) => console.error(e.message));
}
setInterval(() => {}, 1000);
