namespace LabRunner.Bench.Probing;

/// <summary>Pins that a probe leaves alone, because the chip itself needs them.</summary>
internal static class ChipPins
{
    private static readonly Dictionary<int, string> Bl602 = new() { [7] = "UART0 RX", [8] = "boot strap", [16] = "UART0 TX, the console" };
    private static readonly Dictionary<int, string> Bk7231 = new() { [0] = "UART2 TX, the console", [1] = "UART2 RX", [11] = "UART1 TX" };

    /// <summary>GPIO to what it is for; empty for a chip of which nothing is known.</summary>
    public static IReadOnlyDictionary<int, string> Reserved(string chip) => chip.ToUpperInvariant() switch
    {
        "BL602" => Bl602,
        "BK7231N" or "BK7231T" or "BK7231U" => Bk7231,
        _ => new Dictionary<int, string>(),
    };
}
