/** The ids of the steps that other packages ask about by name. */
export const hostNetworkStepIds = {
  guardHost: "guard-host",
  routeLab: "route-lab-traffic",
  forwardPackets: "forward-packets",
} as const;
