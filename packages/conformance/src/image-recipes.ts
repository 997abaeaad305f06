import { readFileSync } from "node:fs";

/** A file of an image, by its path there without the first slash. */
export type RecipeFile =
  /** A file of the suite's folder: a program, unless its mode is another. */
  | { readonly path: string; readonly suite: string; readonly mode?: number }
  /** A program of the Debian base. */
  | { readonly path: string; readonly debian: string }
  | { readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly path: string; readonly link: string }
  /** A folder, whose path ends in a slash. */
  | { readonly path: string; readonly folder: number };

/** An image that the tests name, made of what can be had instead of its own base. */
export interface ImageRecipe {
  /** "agnhost:2.56", as test/utils/image/manifest.go has it. */
  readonly name: string;
  /** Whether the Debian base is below it. */
  readonly onDebian: boolean;
  readonly files: readonly RecipeFile[];
  /** Entrypoint, Cmd, User. */
  readonly config: Readonly<Record<string, unknown>>;
}

const agnhostFiles: readonly RecipeFile[] = [
  { path: "agnhost", suite: "agnhost" },
  // As a symbolic link: the tests look for a second name of the program.
  { path: "agnhost-2", link: "agnhost" },
  { path: "localhost.crt", suite: "localhost.crt", mode: 0o644 },
  { path: "localhost.key", suite: "localhost.key", mode: 0o644 },
];

/** The tests break a server's probe by moving its index.html away. */
const itWorks = "<html><body><h1>It works!</h1></body></html>\n";

/** Apache in the place of the official image's, with what Debian has built in and three modules. */
const httpdConfig = `ServerRoot /usr/local/apache2
ServerName localhost
Listen 80
User www-data
Group www-data
PidFile /tmp/httpd.pid
DefaultRuntimeDir /tmp
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
ErrorLog /proc/self/fd/2
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog /proc/self/fd/1 common
DocumentRoot /usr/local/apache2/htdocs
DirectoryIndex index.html
`;

const nginxConfig = `user www-data;
pid /tmp/nginx.pid;
error_log /dev/stderr notice;
events {}
http {
  access_log /dev/stdout;
  default_type text/html;
  server {
    listen 80;
    root /usr/share/nginx/html;
  }
}
`;

function httpd(tag: string): ImageRecipe {
  return {
    name: `httpd:${tag}`,
    onDebian: true,
    files: [
      { path: "etc/e2e/httpd.conf", text: httpdConfig },
      { path: "usr/local/apache2/htdocs/index.html", text: itWorks },
    ],
    // By itself, not by a shell: a shell hands no signal on, and the pod would take its 30 s to stop.
    config: { Cmd: ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", "/etc/e2e/httpd.conf"] },
  };
}

function nginx(tag: string): ImageRecipe {
  return {
    name: `nginx:${tag}`,
    onDebian: true,
    files: [
      { path: "etc/e2e/nginx.conf", text: nginxConfig },
      { path: "usr/share/nginx/html/index.html", text: itWorks },
    ],
    config: { Cmd: ["/usr/sbin/nginx", "-c", "/etc/e2e/nginx.conf", "-g", "daemon off;"] },
  };
}

function pet(name: string): ImageRecipe {
  return {
    name: `${name}:1.7`,
    onDebian: true,
    files: [
      ...agnhostFiles,
      { path: `${name}.jpg`, suite: `${name}.jpg`, mode: 0o644 },
      { path: "data.json", text: `${JSON.stringify({ image: `${name}.jpg` })}\n` },
    ],
    config: { Entrypoint: ["/agnhost"], Cmd: ["test-webserver"] },
  };
}

function debian(name: string, config: ImageRecipe["config"] = { Cmd: ["/bin/sh"] }): ImageRecipe {
  return { name, onDebian: true, files: [], config };
}

const busyboxShell = readFileSync(new URL("../shell/busybox-sh.sh", import.meta.url), "utf8");

/**
 * Its `sh` is ash, whose messages a test compares, or bash where a variable has a name that no shell can have: ash would
 * drop it, and the tests set some. `applets`: what the busybox of the base can be called.
 */
function busybox(applets: readonly string[]): ImageRecipe {
  return {
    name: "busybox:1.37.0-1",
    onDebian: false,
    files: [
      { path: "bin/busybox", debian: "busybox" },
      { path: "bin/bash-static", debian: "bash-static" },
      { path: "bin/sh", text: busyboxShell, mode: 0o755 },
      ...applets
        .filter((applet) => applet !== "sh" && applet !== "busybox")
        .map((applet) => ({ path: `bin/${applet}`, link: "busybox" })),
      { path: "tmp/", folder: 0o1777 },
      { path: "root/", folder: 0o700 },
      { path: "home/", folder: 0o755 },
      { path: "etc/passwd", text: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n" },
      { path: "etc/group", text: "root:x:0:\nnobody:x:65534:\n" },
    ],
    config: { Cmd: ["sh"] },
  };
}

/** Every image that is made. */
export function imageRecipes(applets: readonly string[]): readonly ImageRecipe[] {
  return [
    {
      name: "agnhost:2.56",
      onDebian: true,
      files: agnhostFiles,
      config: { Entrypoint: ["/agnhost"], Cmd: ["pause"] },
    },
    busybox(applets),
    debian("distroless-iptables:v0.7.14"),
    {
      name: "etcd:3.6.4-0",
      onDebian: false,
      files: [{ path: "usr/local/bin/etcd", suite: "etcd" }],
      config: { Cmd: ["/usr/local/bin/etcd"] },
    },
    httpd("2.4.38-4"),
    httpd("2.4.39-4"),
    debian("ipc-utils:1.3"),
    debian("jessie-dnsutils:1.7"),
    pet("kitten"),
    pet("nautilus"),
    nginx("1.14-4"),
    nginx("1.15-4"),
    {
      name: "nonewprivs:1.3",
      onDebian: true,
      files: [{ path: "usr/local/bin/nnp", suite: "nnp", mode: 0o4755 }],
      config: { Cmd: ["nnp"] },
    },
    debian("nonroot:1.4", { Cmd: ["/bin/sh"], User: "1234" }),
    {
      name: "pause:3.10.1",
      onDebian: false,
      files: [{ path: "pause", suite: "pause" }],
      config: { Entrypoint: ["/pause"], User: "65535:65535" },
    },
    debian("perl:5.26", { Cmd: ["perl"] }),
    {
      name: "resource-consumer:1.13",
      onDebian: true,
      files: [
        { path: "consumer", suite: "consumer" },
        { path: "consume-cpu/consume-cpu", suite: "consume-cpu" },
      ],
      config: { Entrypoint: ["/consumer"], WorkingDir: "/" },
    },
    {
      name: "sample-apiserver:1.29.2",
      onDebian: true,
      files: [{ path: "sample-apiserver", suite: "sample-apiserver" }],
      config: { Entrypoint: ["/sample-apiserver"], WorkingDir: "/" },
    },
  ];
}
