// Apart from the schema, so that who needs only these loads no schema library.

/** The K3s release that is installed where nothing else is asked for. */
export const defaultK3sVersion = "v1.34.4+k3s1";
export const releaseBaseUrl = "https://github.com/k3s-io/k3s/releases/download";

/** Of virtual machines. The seed names 3.14, which gets no fixes any more. */
export const defaultBox = "generic/alpine319";
