// The program that runs as the LAN's router: its network namespace lives as long as this process, and it answers DNS.
// Argument: the names it knows, as JSON.
import { createSocket } from "node:dgram";
import { answer, type Zone } from "./dns-message.js";

const zone = JSON.parse(process.argv[2] ?? "{}") as Zone;
const socket = createSocket("udp4");
socket.on("message", (query, from) => {
  const response = answer(query, zone);
  if (response) socket.send(response, from.port, from.address, () => {});
});
// Before the LAN has an address: so that no query can come too early.
socket.bind(53, "0.0.0.0", () => console.log(`holder ${process.pid}`));
