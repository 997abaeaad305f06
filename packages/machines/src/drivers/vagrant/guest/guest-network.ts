/** The network of one guest, as its files say it. */
export interface GuestNetwork {
  /** By which the interface on the LAN is found, whatever the guest calls it. */
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly resolvers: readonly string[];
}

/** A file of a guest. */
export interface GuestFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Written only where one of these is there: what the guest runs. Absent: always. */
  readonly where?: readonly string[];
  /** The file is somebody else's: ours is a marked block in it, at its beginning or at its end. */
  readonly block?: "first" | "last";
}
