package main

import (
	"context"
	"sync"
	"time"
)

// leakEachKind leaks one goroutine of each kind. All of them wait for something that can never happen.
func leakEachKind() {
	leakReceive()
	leakSend()
	leakEmptySelect()
	leakNilChannel()
	leakMutex()
	leakWaitGroup()
	leakCond()
	leakContext()
	leakTicker()
}

// leakReceive: the sender gave up and nobody closes the channel.
func leakReceive() {
	answers := make(chan int)
	go func() { <-answers }()
}

// leakSend: the receiver left after a timeout, and the channel has no buffer.
func leakSend() {
	answers := make(chan int)
	go func() { answers <- 1 }()
}

func leakEmptySelect() {
	go func() { select {} }()
}

// leakNilChannel: a channel that was never made.
func leakNilChannel() {
	go func() {
		var updates chan int
		<-updates
	}()
}

// leakMutex: an early return forgot to unlock.
func leakMutex() {
	var mu sync.Mutex
	mu.Lock()
	go func() { mu.Lock() }()
}

// leakWaitGroup: one Add too many.
func leakWaitGroup() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { wg.Wait() }()
}

// leakCond: nobody signals.
func leakCond() {
	var mu sync.Mutex
	changed := sync.NewCond(&mu)
	go func() {
		mu.Lock()
		changed.Wait()
	}()
}

// leakContext: the cancel function was dropped.
func leakContext() {
	ctx, cancel := context.WithCancel(context.Background())
	_ = cancel
	go func() { <-ctx.Done() }()
}

// leakTicker: a poller that outlived what it polls for.
func leakTicker() {
	go func() {
		ticker := time.NewTicker(time.Hour)
		for range ticker.C {
		}
	}()
}
