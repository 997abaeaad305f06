import type { Run } from "./connect.js";

/**
 * Starts programs in the network of a pod of the machine on which `run` starts them, with that machine's files: no
 * image is needed, and no program in the pod. Without a pod, in a network like a pod's.
 */
export function inPod(run: Run): Run {
  return (command, args, options) => run("sh", ["-c", podScript, "sh", command, ...args], options);
}

/** Of the stand-in's two ends. */
const macs = { pod: "02:00:00:00:00:02", node: "02:00:00:00:00:01" } as const;
const link = "lab-canary";
const gateway = "169.254.1.1";

/** A cable that was just plugged in carries nothing for a moment; one second. */
const linkTries = 100;

/**
 * The network of an ended pod has no default route: what connects from there gets nowhere, and proves nothing. Where no
 * pod has a network of its own, as on a new agent, one is made: with the last of the node's pod addresses, which a pod
 * would get after all others. It has no name, so it goes with the program, and its link and route go with it.
 */
const podScript = `command -v nsenter >/dev/null || { echo 'attempt failed: it has no nsenter'; exit; }
for network in $(ls -dt /run/netns/cni-* 2>/dev/null); do
  nsenter --net="$network" grep -q '^[^[:blank:]]*[[:blank:]]00000000[[:blank:]]' /proc/net/route 2>/dev/null &&
  exec nsenter --net="$network" "$@"
done
[ ! -r /run/flannel/subnet.env ] || . /run/flannel/subnet.env
case \${FLANNEL_SUBNET-} in *.*/24) ;; *) echo 'attempt absent: no pod runs on it, and flannel has no subnet'; exit ;; esac
export LAB_CANARY="\${FLANNEL_SUBNET%.*}.254"
exec unshare --net sh -c '
ip link add eth0 address ${macs.pod} type veth peer name ${link} address ${macs.node} netns 1 &&
nsenter --net=/proc/1/ns/net ip -batch - <<END &&
link set ${link} up
route add $LAB_CANARY dev ${link}
neighbour add $LAB_CANARY lladdr ${macs.pod} dev ${link}
END
ip -batch - <<END &&
address add $LAB_CANARY/32 dev eth0
link set eth0 up
route add ${gateway} dev eth0
route add default via ${gateway}
neighbour add ${gateway} lladdr ${macs.node} dev eth0
END
for end in "ip link show dev eth0" "nsenter --net=/proc/1/ns/net ip link show dev ${link}"; do
  tries=0
  until $end | grep -q "state UP" || [ $tries -ge ${linkTries} ]; do tries=$((tries + 1)); sleep 0.01; done
done &&
exec "$@"
echo "attempt failed: a network like that of a pod could not be made"' sh "$@"
`;
