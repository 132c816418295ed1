using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Inventory;

/// <summary>The secrets that an inventory holds: what must never be stored or shown.</summary>
internal static class InventorySecrets
{
    private static readonly string[] Words = ["password", "secret", "token", "apikey", "passphrase", "community"];

    /// <summary>Whether a key's value is a secret by its name.</summary>
    public static bool IsSecret(string key) => Words.Any(w => key.Contains(w, StringComparison.OrdinalIgnoreCase));

    /// <summary>The broker's password, secret options of the drivers, and passwords in URLs.</summary>
    public static IReadOnlyList<string> Of(BenchInventory inventory) =>
    [
        .. new[] { inventory.Mqtt?.Password }.OfType<string>()
            .Concat(inventory.Resources.Values.Concat(inventory.Slots.SelectMany(s => s.Drivers.Values)).SelectMany(d => Of(d.Options)))
            .Where(s => s.Length > 0).Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Of(object options)
    {
        foreach (OptionKey key in OptionsBinder.Keys(options.GetType()))
        {
            IEnumerable<string> found = key.Property.GetValue(options) switch
            {
                string text => IsSecret(key.Key) ? [text] : InUrl(text) is { } login ? [login] : [],
                IEnumerable<string> list => IsSecret(key.Key) ? list : list.Select(InUrl).OfType<string>(),
                null or IFormattable or bool => [],
                { } nested => Of(nested),
            };
            foreach (string secret in found)
            {
                yield return secret;
            }
        }
    }

    // scheme://user:password@host
    private static string? InUrl(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return null;
        }

        int from = scheme + 3;
        int end = text.IndexOfAny(['/', '?', '#'], from);
        string authority = end < 0 ? text[from..] : text[from..end];
        int at = authority.LastIndexOf('@');
        int colon = authority.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && colon < at ? authority[(colon + 1)..at] : null;
    }
}
