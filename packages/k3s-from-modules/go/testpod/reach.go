package main

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"
)

var knocker = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// reach tries all URLs at once and prints what became of each, a word a line in their order.
func reach(urls []string) error {
	words := make([]string, len(urls))
	var wg sync.WaitGroup
	for i, url := range urls {
		wg.Go(func() { words[i] = try(url) })
	}
	wg.Wait()
	for _, word := range words {
		fmt.Println(word)
	}
	return nil
}

func try(url string) string {
	r, err := knocker.Get(url)
	switch {
	case err == nil:
		r.Body.Close()
		return "answered"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "unreachable"
	}
	return "silent"
}

// knock tries for ever, twenty times a second, and logs each time that it was answered.
func knock(url string) error {
	for {
		if try(url) == "answered" {
			fmt.Println("answered")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
