package pki

import (
	"log/slog"
	"os"
	"strconv"
	"time"
)

const day = 24 * time.Hour

// lifeVariable sets for how many days certificates are made; the name is that of K3s' own, which it has from Rancher.
const lifeVariable = "CATTLE_NEW_SIGNED_CERT_EXPIRATION_DAYS"

const usualDays = 365

// life returns how long a certificate holds that is made now. A value that is no number of days counts as none, as in K3s.
func life() time.Duration {
	value := os.Getenv(lifeVariable)
	if value == "" {
		return usualDays * day
	}
	days, err := strconv.ParseUint(value, 10, 16)
	if err != nil || days == 0 {
		slog.Warn(lifeVariable+" is no number of days: certificates are made for the usual time", "value", value, "days", usualDays)
		return usualDays * day
	}
	return time.Duration(days) * day
}
