package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"sync"
	"time"
)

type node struct {
	left, right *node
	payload     []byte
}

// history is what the program keeps: a bounded heap that an inuse profile shows at its root.
var history [8]*node

//go:noinline
func buildTree(depth int) *node {
	if depth == 0 {
		return &node{payload: make([]byte, 64)}
	}
	return &node{left: buildTree(depth - 1), right: buildTree(depth - 1), payload: make([]byte, 128)}
}

// archive replaces one kept tree after another.
func archive(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i = (i + 1) % len(history) {
		history[i] = buildTree(11)
		pause(ctx, 200*time.Millisecond)
	}
}

// churn starts short-lived goroutines that leave only garbage.
func churn(ctx context.Context) {
	for ctx.Err() == nil {
		var batch sync.WaitGroup
		for range 10 {
			batch.Add(1)
			go func() {
				defer batch.Done()
				buildTree(6)
			}()
		}
		batch.Wait()
		runtime.Gosched()
		pause(ctx, 20*time.Millisecond)
	}
}

// pipeline sends numbers through three stages: make, sort, write to a file.
func pipeline(ctx context.Context) {
	batches, sorted := make(chan []string), make(chan []string, 2)
	go func() {
		defer close(batches)
		for n := 0; ctx.Err() == nil; n++ {
			batches <- keys(200 + n%50)
			pause(ctx, 10*time.Millisecond)
		}
	}()
	go func() {
		defer close(sorted)
		for batch := range batches {
			sort.Strings(batch)
			sorted <- batch
		}
	}()
	write(sorted)
}

// write is locked to its thread, as code that calls into C libraries often is.
func write(batches <-chan []string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	path := filepath.Join(os.TempDir(), fmt.Sprintf("taskscope-sample-%d", os.Getpid()))
	defer os.Remove(path)
	for batch := range batches {
		os.WriteFile(path, bytes.Repeat([]byte(batch[0]), 100), 0o600)
		os.ReadFile(path)
	}
}

// pingPong bounces a number between two goroutines, one channel each way.
func pingPong(ctx context.Context) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		defer close(pong)
		for n := range ping {
			pong <- n + 1
		}
	}()
	for n := 0; ctx.Err() == nil; {
		for range 20 {
			ping <- n
			n = <-pong
		}
		pause(ctx, 5*time.Millisecond)
	}
	close(ping)
}

//go:noinline
func keys(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("key-%d", (i*7919)%n)
	}
	return out
}

// pause waits for d, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
