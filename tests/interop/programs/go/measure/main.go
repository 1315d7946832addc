// Measures the SDK on a running core, for script/bench: `first` needs only the core's first answer, and
// prints the most memory that the program had, in KiB; the other words print what they took, in
// microseconds. All print JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/1password/onepassword-sdk-go"
)

const (
	reference = "op://vault/item/field"
	calls     = 64
	warmCalls = 1000
)

func main() {
	ctx := context.Background()
	if os.Args[1] == "first" {
		check(onepassword.Secrets.ValidateSecretReference(ctx, reference))
		fmt.Println(peak())
		return
	}
	client, err := onepassword.NewClient(ctx,
		onepassword.WithServiceAccountToken(os.Getenv("OP_SERVICE_ACCOUNT_TOKEN")),
		onepassword.WithIntegrationInfo("bench", "1.0"),
	)
	check(err)
	resolve := func() {
		_, err := client.Secrets().Resolve(ctx, reference)
		check(err)
	}
	resolve()
	var out any
	switch os.Args[1] {
	case "warm":
		out = warm(ctx, resolve)
	case "parallel":
		out = parallel(resolve)
	case "beside":
		out = beside(ctx, client, resolve)
	}
	check(json.NewEncoder(os.Stdout).Encode(out))
}

// warm measures resolves, and the call that asks least of a core, in turn.
func warm(ctx context.Context, resolve func()) map[string][]int64 {
	var resolved, bare []int64
	for range warmCalls {
		resolved = append(resolved, took(resolve))
		bare = append(bare, took(func() {
			check(onepassword.Secrets.ValidateSecretReference(ctx, reference))
		}))
	}
	return map[string][]int64{"ours": resolved, "theirs": bare}
}

// parallel measures resolves side by side, and as many one after the other.
func parallel(resolve func()) map[string]int64 {
	together := func() {
		var group sync.WaitGroup
		group.Add(calls)
		for range calls {
			go func() {
				defer group.Done()
				resolve()
			}()
		}
		group.Wait()
	}
	inSequence := func() {
		for range calls {
			resolve()
		}
	}
	return map[string]int64{"ours": took(together), "theirs": took(inSequence)}
}

// beside measures how long resolves take that begin with the reading of a large file, and the reading.
func beside(ctx context.Context, client *onepassword.Client, resolve func()) map[string]int64 {
	item := findDocument(ctx, client)
	var resolved, read int64
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		read = took(func() {
			_, err := client.Items().Files().Read(ctx, item.VaultID, item.ID, *item.Document)
			check(err)
		})
	}()
	time.Sleep(time.Millisecond) // the reading is asked for first
	resolved = took(func() {
		for range calls {
			resolve()
		}
	})
	<-finished
	return map[string]int64{"ours": resolved, "theirs": read}
}

// findDocument returns the only document of the first vault.
func findDocument(ctx context.Context, client *onepassword.Client) onepassword.Item {
	vaults, err := client.Vaults().List(ctx)
	check(err)
	items, err := client.Items().List(ctx, vaults[0].ID)
	check(err)
	for _, one := range items {
		if one.Category == onepassword.ItemCategoryDocument {
			item, err := client.Items().Get(ctx, one.VaultID, one.ID)
			check(err)
			return item
		}
	}
	panic("there is no document")
}

// peak returns the program's own peak: what the system tells its parent begins with the parent's.
func peak() int {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kibibytes, err := strconv.Atoi(strings.Fields(rest)[0])
	check(err)
	return kibibytes
}

func took(work func()) int64 {
	begun := time.Now()
	work()
	return time.Since(begun).Microseconds()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
