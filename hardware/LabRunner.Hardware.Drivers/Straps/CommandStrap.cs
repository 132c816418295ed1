// Inventory:
//   bootStrap: { driver: command, assert: "relay 3 on", release: "relay 3 off" }    # read: "relay 3", assertedMatches: "on", limit: 10s
// {state} in assert and release is asserted or released, so one command can serve both.
using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Straps;

/// <summary>Options of <see cref="CommandStrap"/>.</summary>
public sealed record CommandStrapOptions
{
    /// <summary>Shell command that asserts the pin.</summary>
    [Description("Shell command that asserts the pin.")]
    public required string Assert { get; init; }

    /// <summary>Shell command that releases the pin.</summary>
    [Description("Shell command that releases the pin.")]
    public required string Release { get; init; }

    /// <summary>Shell command that prints the pin's state.</summary>
    [Description("Shell command that prints the pin's state.")]
    public string? Read { get; init; }

    /// <summary>Regular expression that the output of <see cref="Read"/> matches while asserted.</summary>
    [Description("Regular expression that the output of read matches while asserted. Default: the word on, asserted, 1 or true.")]
    public string AssertedMatches { get; init; } = @"(?i)\b(on|asserted|1|true)\b";

    /// <summary>Time limit of each command, machine time. Default 10 s.</summary>
    [Description("Time limit of each command. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A strap moved by shell commands. Neither building nor disposing it moves anything.</summary>
[Driver(Contracts.BootStrap, "command")]
[Driver(Contracts.Reset, "command")]
public sealed class CommandStrap(CommandStrapOptions options, IDriverContext context) : IStrap
{
    private readonly ShellCommand _assert = new(context, "assert", options.Assert, options.Limit, "state");
    private readonly ShellCommand _release = new(context, "release", options.Release, options.Limit, "state");
    private readonly YesNoCommand? _read =
        options.Read is null ? null : new(context, "read", options.Read, "assertedMatches", options.AssertedMatches, options.Limit);

    /// <inheritdoc/>
    public Task SetAsync(bool asserted, CancellationToken cancellationToken) =>
        (asserted ? _assert : _release).RunAsync(
            new Dictionary<string, string> { ["state"] = asserted ? "asserted" : "released" }, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool?> ReadAsync(CancellationToken cancellationToken) =>
        _read is null ? null : await _read.AskAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
