namespace LabRunner.Hardware.Lines;

/// <summary>How an output drives its line.</summary>
public enum LineDrive
{
    /// <summary>High and low are both driven.</summary>
    PushPull,

    /// <summary>Low is driven, high is left to a pull-up.</summary>
    OpenDrain,

    /// <summary>High is driven, low is left to a pull-down.</summary>
    OpenSource,
}

/// <summary>The resistor that a chip itself puts on a line.</summary>
public enum LineBias
{
    /// <summary>Left as the board or its firmware has it.</summary>
    AsIs,

    /// <summary>Pull-up.</summary>
    Up,

    /// <summary>Pull-down.</summary>
    Down,

    /// <summary>Neither: switched off.</summary>
    Off,
}

/// <summary>What <c>GpioController</c> cannot say of a line. Immutable.</summary>
public sealed record LineSettings
{
    /// <summary>All as a plain line is.</summary>
    public static LineSettings Plain { get; } = new();

    /// <summary>How an output drives. Default push-pull.</summary>
    public LineDrive Drive { get; init; }

    /// <summary>Resistor of the chip. Default as is.</summary>
    public LineBias Bias { get; init; }

    /// <summary>An input's level counts once it has stood this long, machine time; zero (the default): every edge counts.</summary>
    public TimeSpan Debounce { get; init; }

    /// <summary>Who holds the line, as <c>gpioinfo</c> and a refused second owner see it; null: the chip's own word.</summary>
    public string? Consumer { get; init; }
}

/// <summary>A chip that knows its lines' names and takes <see cref="LineSettings"/>. A chip driver implements it beside its GpioDriver.</summary>
public interface ILineSettings
{
    /// <summary>Offsets of the lines with a name: none, one, or several where the chip's firmware gave it twice.</summary>
    /// <exception cref="IOException">The chip does not answer.</exception>
    IReadOnlyList<int> Find(string name);

    /// <summary>Settings for the next opening of a line; they end with its closing.</summary>
    /// <exception cref="NotSupportedException">The chip cannot do one of them; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The line is open.</exception>
    void Prepare(int line, LineSettings settings);
}
