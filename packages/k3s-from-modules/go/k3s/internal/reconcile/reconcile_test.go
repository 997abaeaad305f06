package reconcile

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestAReasonIsToldOnceWhileItStaysTheSame(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	away, full := errors.New("away"), errors.New("full")
	answers := []error{away, away, full, full, nil, full}
	ctx, cancel := context.WithCancel(context.Background())
	l := New()
	l.Poke()
	l.Run(ctx, "x", func(context.Context) error {
		if len(answers) == 0 {
			cancel()
			return ctx.Err()
		}
		err := answers[0]
		answers = answers[1:]
		l.Poke()
		return err
	})
	if got := log.String(); strings.Count(got, "away") != 1 || strings.Count(got, "full") != 2 || strings.Contains(got, "canceled") {
		t.Error(got)
	}
}
