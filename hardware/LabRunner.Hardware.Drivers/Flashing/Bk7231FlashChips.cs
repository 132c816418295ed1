namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// SPI NOR flash known in BK7231 modules, by JEDEC identification, with the bytes of its status register: one written with the wrong count
/// loses settings that the chip needs, so that an unknown one is not touched. (Lists of bk7231tools and of Beken's own host.)
/// </summary>
internal static class Bk7231FlashChips
{
    /// <summary>Bits that protect sectors: BP0 to BP4 and CMP.</summary>
    public const int Protection = 0x407C;

    private static readonly HashSet<string> OneByte =
        ["1C3113", "1C4116", "1C7015", "1C7016", "514013", "514014", "5E4014", "854215", "C84013", "C84016", "E04013", "E04014"];

    private static readonly HashSet<string> TwoBytes =
    [
        "0B4014", "0B4015", "0B4016", "0B4017", "0B6017", "0E4016", "204016", "852015", "856013", "856014", "856016", "856017", "C22314", "C22315",
        "C84014", "C84015", "C86515", "C86516", "C86517", "CD6014", "EB6015", "EF4016", "EF4018",
    ];

    /// <summary>Bytes of the status register; null: the flash is not known.</summary>
    /// <param name="id">JEDEC identification, six hexadecimal digits.</param>
    public static int? StatusBytes(string id) => OneByte.Contains(id) ? 1 : TwoBytes.Contains(id) ? 2 : null;
}
