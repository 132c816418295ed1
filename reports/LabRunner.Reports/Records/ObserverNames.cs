namespace LabRunner.Reports.Records;

/// <summary>The keys that observers have in the record, and what a person calls them.</summary>
public static class ObserverNames
{
    // In the order in which they are read: the network first, from the bottom up.
    private static readonly (string Key, string Name)[] All =
    [
        ("P", "ping"), ("T", "connect"), ("Hs", "small page"), ("Hl", "large page"), ("M", "MQTT"), ("U", "console"), ("B", "button"), ("R", "relay contact"),
        ("S", "told state"), ("A", "Wi-Fi log"), ("V", "supply rail"), ("C", "pulses"), ("L", "LED"), ("Te", "temperature"),
    ];

    /// <summary>Such as "small page" for Hs; null for a key that is not known.</summary>
    public static string? Of(string key) => Array.Find(All, o => o.Key == key).Name;

    /// <summary>Each key once, in the order in which they are read, those not known at the end.</summary>
    public static IEnumerable<string> Sort(IEnumerable<string> keys) =>
        keys.Distinct().OrderBy(k => Array.FindIndex(All, o => o.Key == k) is var i && i < 0 ? int.MaxValue : i).ThenBy(k => k, StringComparer.Ordinal);
}
