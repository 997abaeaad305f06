// Answers every request with the name of the node that it runs on.
import { createServer } from "node:http";

const { NODE_NAME = "an unknown node" } = process.env;
const server = createServer((_request, response) => {
  response.end(`hello from ${NODE_NAME}\n`);
});
server.listen(8080);
// The first process of a container has to handle this itself, or the kubelet waits half a minute for it to end.
process.on("SIGTERM", () => process.exit());
