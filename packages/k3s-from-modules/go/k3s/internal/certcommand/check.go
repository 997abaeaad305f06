package certcommand

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v2"
	certutil "k8s.io/client-go/util/cert"

	"k3s-lab/k3s/internal/pki"
)

// Certificate is what `k3s certificate check` says of one; the names are K3s'.
type Certificate struct {
	Filename     string
	Subject      string
	Issuer       string
	Usages       []string
	ExpiryTime   time.Time
	ResidualTime time.Duration
	Status       string
}

type report struct{ Certificates []Certificate }

const (
	statusOK          = "OK"
	statusWarning     = "WARNING"
	statusExpired     = "EXPIRED"
	statusNotYetValid = "NOT YET VALID"
)

func check(s *selection) *cobra.Command {
	c := &cobra.Command{Use: "check", Short: "Check k3s component certificates on disk", Args: cobra.NoArgs}
	format := c.Flags().StringP("output", "o", "text", "Format output. Options: text, table, json, yaml")
	c.RunE = func(c *cobra.Command, _ []string) error {
		write, ok := map[string]func(io.Writer, report, time.Time) error{
			"text":  writeText,
			"table": writeTable,
			"json":  func(w io.Writer, r report, _ time.Time) error { return json.NewEncoder(w).Encode(r) },
			"yaml":  func(w io.Writer, r report, _ time.Time) error { return yaml.NewEncoder(w).Encode(r) },
		}[*format]
		if !ok {
			return fmt.Errorf("invalid output format %s", *format)
		}
		data, services, err := s.resolve("checking")
		if err != nil {
			return err
		}
		now := time.Now()
		return write(c.OutOrStdout(), collect(files(data, services), now), now)
	}
	return c
}

// collect reads the certificates of those files that are there.
func collect(files []string, now time.Time) report {
	out := report{Certificates: []Certificate{}}
	for _, file := range files {
		if filepath.Ext(file) != ".crt" {
			continue
		}
		all, err := certutil.CertsFromFile(file)
		if err != nil {
			slog.Debug("no certificate", "file", file, "reason", err)
			continue
		}
		for _, cert := range all {
			seen := Certificate{
				Filename: filepath.Base(file), Subject: cert.Subject.CommonName, Issuer: cert.Issuer.CommonName,
				Usages: usages(cert), ExpiryTime: cert.NotAfter, ResidualTime: cert.NotAfter.Sub(now), Status: status(cert, now),
			}
			if seen.Status == statusNotYetValid {
				seen.ExpiryTime = cert.NotBefore
			}
			out.Certificates = append(out.Certificates, seen)
		}
	}
	return out
}

func usages(cert *x509.Certificate) []string {
	var out []string
	if cert.KeyUsage&x509.KeyUsageCertSign != 0 {
		out = append(out, "CertSign")
	}
	for _, usage := range cert.ExtKeyUsage {
		switch usage {
		case x509.ExtKeyUsageServerAuth:
			out = append(out, "ServerAuth")
		case x509.ExtKeyUsageClientAuth:
			out = append(out, "ClientAuth")
		}
	}
	if out == nil {
		return []string{"Unknown"}
	}
	return out
}

func status(cert *x509.Certificate, now time.Time) string {
	switch {
	case now.Before(cert.NotBefore):
		return statusNotYetValid
	case now.After(cert.NotAfter):
		return statusExpired
	case now.Add(pki.RenewBefore).After(cert.NotAfter):
		return statusWarning
	}
	return statusOK
}

// writeText logs a line for each, as K3s does.
func writeText(_ io.Writer, r report, _ time.Time) error {
	for _, c := range r.Certificates {
		what := fmt.Sprintf("%s: certificate %s (%s)", c.Filename, c.Subject, strings.Join(c.Usages, ","))
		when := c.ExpiryTime.Format(time.RFC3339)
		switch c.Status {
		case statusNotYetValid:
			slog.Error(what + " is not valid before " + when)
		case statusExpired:
			slog.Error(what + " expired at " + when)
		case statusWarning:
			slog.Warn(fmt.Sprintf("%s will expire within %d days at %s", what, int(pki.RenewBefore.Hours()/24), when))
		default:
			slog.Info(what + " is ok, expires at " + when)
		}
	}
	return nil
}

func writeTable(out io.Writer, r report, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	fmt.Fprintln(w)
	row("FILENAME", "SUBJECT", "USAGES", "EXPIRES", "RESIDUAL TIME", "STATUS")
	row("--------", "-------", "------", "-------", "-------------", "------")
	for _, c := range r.Certificates {
		left := humanize.RelTime(now, now.Add(c.ResidualTime), "", "")
		row(c.Filename, c.Subject, strings.Join(c.Usages, ","), c.ExpiryTime.Format("Jan 02, 2006 15:04 MST"), left, c.Status)
	}
	return w.Flush()
}
