using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Diagnosis;

/// <summary>What an exception dump of a BL602 says (SDK bl_irq.c), with what makes two crashes the same one.</summary>
/// <param name="Code">Exception code, for example 5.</param>
/// <param name="Message">Its name, for example Load access fault; null where the line is missing.</param>
/// <param name="Mcause">mcause, hexadecimal.</param>
/// <param name="Mepc">Address of the instruction, hexadecimal.</param>
/// <param name="Mtval">Address or instruction it stumbled over, hexadecimal.</param>
/// <param name="Build">Version as its banner gave it; null unknown.</param>
/// <param name="LastLine">The last log line before the dump, numbers as #; null unknown.</param>
internal sealed record CrashSignature(int? Code, string? Message, string? Mcause, string? Mepc, string? Mtval, string? Build, string? LastLine)
{
    /// <summary>The same crash of the same build: code, build and instruction.</summary>
    public string InBuild => $"code {Number(Code)} at {Mepc ?? "?"} in {Build ?? "an unknown build"}";

    /// <summary>The same crash across builds, where every address moves: code and the last log line before it.</summary>
    public string AcrossBuilds => $"code {Number(Code)} after \"{LastLine ?? "?"}\"";

    /// <summary>For a title.</summary>
    public string Short => $"{Message ?? $"exception code {Number(Code)}"}{(Mepc is null ? "" : " at " + Mepc)}";

    /// <summary>Name → text for the journal.</summary>
    public IReadOnlyDictionary<string, string> ToData() => new Dictionary<string, string>
    {
        ["code"] = Number(Code), ["message"] = Message ?? "", ["mcause"] = Mcause ?? "", ["mepc"] = Mepc ?? "", ["mtval"] = Mtval ?? "",
        ["build"] = Build ?? "", ["lastLine"] = LastLine ?? "", ["signature"] = InBuild, ["group"] = AcrossBuilds,
    };

    private static string Number(int? code) => code?.ToString(CultureInfo.InvariantCulture) ?? "?";
}

/// <summary>
/// Reads console lines and gives a signature once a dump is complete: at its message line, or when its cause is known and a boot or the
/// backtrace follows. Pure but for its memory; not thread safe.
/// </summary>
internal sealed partial class CrashReader
{
    private const int LongestLine = 160;

    private string? _build;
    private string? _lastLine;
    private CrashSignature? _dump;

    /// <summary>Version as the newest banner gave it; null before the first.</summary>
    public string? Build => _build;

    /// <summary>The newest log line that is no heartbeat, numbers as #; null before the first.</summary>
    public string? LastLine => _lastLine;

    /// <summary>True for a line that begins a dump.</summary>
    public static bool Begins(string line) =>
        line.Contains("Exception Entry--->>>", StringComparison.Ordinal) || line.Contains("Current task sp data", StringComparison.Ordinal);

    /// <summary>The next line.</summary>
    /// <returns>The signature when this line made it whole; else null.</returns>
    public CrashSignature? Read(string line)
    {
        if (Begins(line))
        {
            _dump ??= new CrashSignature(null, null, null, null, null, _build, _lastLine);
            return null;
        }

        if (_dump is null)
        {
            Remember(line);
            return null;
        }

        if (Cause().Match(line) is { Success: true } cause)
        {
            _dump = _dump with { Mcause = cause.Groups[1].Value, Mepc = cause.Groups[2].Value, Mtval = cause.Groups[3].Value };
            return null;
        }

        if (Code().Match(line) is { Success: true } code)
        {
            _dump = _dump with { Code = int.Parse(code.Groups[1].ValueSpan, CultureInfo.InvariantCulture) };
            return null;
        }

        if (Message().Match(line) is { Success: true } message)
        {
            _dump = _dump with { Message = message.Groups[1].Value.Trim() };
            return Take();
        }

        return line.Contains("backtrace", StringComparison.Ordinal) || BootBanner.IsLine(line) ? Take() : null;
    }

    private CrashSignature? Take()
    {
        CrashSignature? whole = _dump is { } dump && (dump.Mepc ?? dump.Message) is not null ? dump : null;
        _dump = null;
        return whole;
    }

    private void Remember(string line)
    {
        if (Version().Match(line) is { Success: true } version)
        {
            _build = version.Groups[1].Value;
        }
        else if (Log().IsMatch(line) && !line.Contains("Info:MAIN:Time ", StringComparison.Ordinal) && !line.Contains("[SAFE] Time ", StringComparison.Ordinal))
        {
            // The heartbeat stands before nearly every crash and tells nothing.
            string plain = Digits().Replace(line.Trim(), "#");
            _lastLine = plain.Length > LongestLine ? plain[..LongestLine] : plain;
        }
    }

    [GeneratedRegex(@"mcause ([0-9a-fA-F]{1,16}), mepc ([0-9a-fA-F]{1,16}), mtval ([0-9a-fA-F]{1,16})", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Cause();

    [GeneratedRegex(@"Exception code: (\d{1,4})\b", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"^\s*msg: (.{1,80})$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Message();

    [GeneratedRegex(@"^(?:Build Version: |OpenBL602, version )(\S{1,64})\s*$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"^(?:Info|Error|Warn|Debug|Extra\w*):\w+:", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Log();

    [GeneratedRegex(@"(?:0x)?[0-9a-fA-F]*\d[0-9a-fA-F]*", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Digits();
}
