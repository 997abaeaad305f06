/** Bytes as a zstd file of blocks that are not compressed: Node has no zstd to write one before version 22. */
export function storedZstd(content: Uint8Array): Buffer {
  const blockSize = 128 * 1024;
  // One segment, whose size of four bytes is the window's, no checksum.
  const header = Buffer.from("28b52ffda000000000", "hex");
  header.writeUInt32LE(content.length, 5);
  const blocks = Array.from({ length: Math.ceil(content.length / blockSize) }, (_, index) => {
    const block = content.subarray(index * blockSize, (index + 1) * blockSize);
    const isLast = (index + 1) * blockSize >= content.length;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | Number(isLast), 0, 3);
    return Buffer.concat([head, block]);
  });
  return Buffer.concat([header, ...blocks]);
}
