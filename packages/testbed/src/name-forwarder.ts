// A host's own DNS server, such as libvirt runs on its bridge: it asks the host's nameserver whatever it is asked.
// Argument: that nameserver. Each question goes out by a socket of its own, from a port of its own, as resolvers do.
import { createSocket } from "node:dgram";

const nameserver = process.argv[2] ?? "";
const timeout = 2_000;

const server = createSocket("udp4");
server.on("message", (query, from) => {
  const upstream = createSocket("udp4");
  const end = setTimeout(() => upstream.close(), timeout);
  upstream.on("error", () => {});
  upstream.on("message", (response) => {
    clearTimeout(end);
    server.send(response, from.port, from.address, () => {});
    upstream.close();
  });
  upstream.send(query, 53, nameserver, () => {});
});
server.bind(53, "0.0.0.0", () => console.log("forwards names"));
