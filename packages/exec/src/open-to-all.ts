/**
 * Makes files of this process and its children readable by all users, as on most systems, whatever umask the caller has:
 * they include the machines' "/", /etc and init. Secrets are written with a mode of their own.
 */
export function openToAll(): void {
  process.umask(0o022);
}
