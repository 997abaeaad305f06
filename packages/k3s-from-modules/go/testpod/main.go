// Command testpod is what the tests' pods run: a server, a few clients, an admission webhook, and the tar that
// `kubectl cp` looks for. It is no part of the build.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	args := os.Args[1:]
	if name := filepath.Base(os.Args[0]); name == "tar" {
		args = append([]string{name}, args...)
	}
	if err := run(args); err != nil {
		fmt.Fprintln(os.Stderr, "testpod:", err)
		os.Exit(3) // told from what a client itself exits with
	}
}

func run(args []string) error {
	command, rest := "", []string(nil)
	if len(args) > 0 {
		command, rest = args[0], args[1:]
	}
	switch {
	case command == "serve" && len(rest) == 1:
		return serve(rest[0])
	case command == "webhook" && len(rest) == 1:
		return webhook(rest[0])
	case command == "get" && len(rest) == 1:
		return get(rest[0])
	case command == "reach" && len(rest) > 0:
		return reach(rest)
	case command == "knock" && len(rest) == 1:
		return knock(rest[0])
	case command == "lookup" && len(rest) == 1:
		return lookup(rest[0])
	case command == "burn" && len(rest) == 0:
		burn()
	case command == "cat" && len(rest) == 0:
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case command == "write" && len(rest) == 2:
		return os.WriteFile(rest[0], []byte(rest[1]), 0o644)
	case command == "read" && len(rest) == 1:
		b, err := os.ReadFile(rest[0])
		os.Stdout.Write(b)
		return err
	case command == "record" && len(rest) == 1:
		return record(rest[0])
	case command == "terminal":
		return terminal()
	case command == "tar":
		return tarCommand(rest)
	}
	return fmt.Errorf("unknown command %q", args)
}

// serve answers with the pod's name and the node's, and logs each request.
func serve(address string) error {
	who := os.Getenv("POD") + " on " + os.Getenv("NODE")
	fmt.Println("serving on", address)
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("request from", r.RemoteAddr)
		fmt.Fprintln(w, who)
	}))
}

// burn uses a whole processor, as far as it is let.
func burn() {
	for {
	}
}

func get(url string) error {
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(os.Stdout, r.Body)
	return err
}

func lookup(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	fmt.Println(strings.Join(addresses, " "))
	return err
}

// terminal says whether standard input is one.
func terminal() error {
	info, err := os.Stdin.Stat()
	if err != nil {
		return err
	}
	fmt.Println("terminal:", info.Mode()&os.ModeCharDevice != 0)
	return nil
}
