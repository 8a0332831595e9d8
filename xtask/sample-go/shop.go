package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"sync"
	"time"
)

// shop answers /order on loopback. All orders go through one stock mutex, which is what its users wait for.
type shop struct {
	addr   string
	server *http.Server
	stock  sync.Mutex
	sold   map[string]int
}

func openShop() (*shop, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s := &shop{addr: listener.Addr().String(), sold: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/order", s.order)
	s.server = &http.Server{Handler: mux}
	go s.server.Serve(listener)
	return s, nil
}

func (s *shop) close() { s.server.Close() }

// order is one user task with a region for each of its steps, and profile labels that name the customer.
func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	customer := r.URL.Query().Get("customer")
	ctx, task := trace.NewTask(r.Context(), "order")
	defer task.End()
	trace.Log(ctx, "customer", customer)
	pprof.Do(ctx, pprof.Labels("endpoint", "/order", "customer", customer), func(ctx context.Context) {
		trace.WithRegion(ctx, "sign", func() { sign(3000) })
		trace.WithRegion(ctx, "price", func() { price(15) })
		trace.WithRegion(ctx, "reserve", func() { s.reserve(customer) })
	})
	fmt.Fprintf(w, "sold to %s\n", customer)
}

// reserve sleeps with the lock held: the contention that the mutex profile and the timeline should show.
func (s *shop) reserve(customer string) {
	s.stock.Lock()
	defer s.stock.Unlock()
	s.sold[customer]++
	time.Sleep(300 * time.Microsecond)
}

// visit orders again and again, with a short think time.
func (s *shop) visit(ctx context.Context, id int) {
	url := fmt.Sprintf("http://%s/order?customer=customer-%d", s.addr, id)
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		pause(ctx, 3*time.Millisecond)
	}
}

//go:noinline
func sign(rounds int) [32]byte {
	var digest [32]byte
	for range rounds {
		digest = sha256.Sum256(digest[:])
	}
	return digest
}

//go:noinline
func price(items int) int {
	total := 0
	for i := range items {
		text, _ := json.Marshal(map[string]any{"id": i, "name": strings.Repeat("x", 40), "tags": []string{"a", "b", "c"}})
		var item map[string]any
		json.Unmarshal(text, &item)
		total += len(item)
	}
	return total
}
