package main
import (
"context"
"fmt"
"os"
"github.com/1password/onepassword-sdk-go"
)
func main() {
// Connects to the 1Password desktop app.
client, err := onepassword.NewClient(context.Background(),
// TODO: Set to your 1Password account name.
onepassword.WithDesktopAppIntegration("your-account-name"),
// TODO: Set to your own integration name and version.
onepassword.WithIntegrationInfo("My 1Password Integration", "v1.0.0"),
)
if err != nil {
fmt.Fprintln(os.Stderr, "Initialization error:", err)
os.Exit(1)
}
// Lists vault titles
vaults, err := client.Vaults().List(context.Background())
if err != nil {
panic(err)
}
for _, vault := range vaults {
fmt.Println(vault.Title)
}
}
