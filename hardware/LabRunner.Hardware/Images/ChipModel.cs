using System.Text.Json.Serialization;

namespace LabRunner.Hardware.Images;

/// <summary>Chip on a board, as far as flashing has to tell them apart.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChipModel>))]
public enum ChipModel
{
    /// <summary>Cannot be told.</summary>
    Unknown,

    /// <summary>Bouffalo Lab BL602 or BL604.</summary>
    Bl602,

    /// <summary>Beken BK7231N: download mode is in its mask ROM.</summary>
    Bk7231N,

    /// <summary>Beken BK7231T: download mode is in a boot loader at the beginning of its flash.</summary>
    Bk7231T,

    /// <summary>Beken BK7231U: as BK7231T.</summary>
    Bk7231U,

    /// <summary>Lightning Semi LN882H.</summary>
    Ln882h,

    /// <summary>Espressif ESP8266.</summary>
    Esp8266,
}

/// <summary>What is known of a chip by its name alone. Pure functions, thread safe.</summary>
public static class ChipModels
{
    /// <summary>The chip that a board file's <c>chip:</c> names.</summary>
    /// <param name="chip">For example BK7231N; case does not matter.</param>
    /// <returns><see cref="ChipModel.Unknown"/> for a chip that is not known.</returns>
    public static ChipModel Parse(string chip)
    {
        ArgumentNullException.ThrowIfNull(chip);
        return chip.ToUpperInvariant() switch
        {
            "BL602" or "BL604" => ChipModel.Bl602,
            "BK7231N" => ChipModel.Bk7231N,
            "BK7231T" => ChipModel.Bk7231T,
            "BK7231U" => ChipModel.Bk7231U,
            "LN882H" => ChipModel.Ln882h,
            "ESP8266" or "ESP8285" => ChipModel.Esp8266,
            _ => ChipModel.Unknown,
        };
    }

    /// <summary>Family of a chip.</summary>
    public static ChipFamily Family(this ChipModel chip) => chip switch
    {
        ChipModel.Bl602 => ChipFamily.Bl602,
        ChipModel.Bk7231N or ChipModel.Bk7231T or ChipModel.Bk7231U => ChipFamily.Bk7231,
        ChipModel.Ln882h => ChipFamily.Ln882h,
        ChipModel.Esp8266 => ChipFamily.Esp8266,
        _ => ChipFamily.Unknown,
    };

    /// <summary>Name as makers write it.</summary>
    public static string Text(this ChipModel chip) => chip switch
    {
        ChipModel.Unknown => "unknown chip",
        ChipModel.Ln882h => "LN882H",
        _ => chip.ToString().ToUpperInvariant(),
    };
}
