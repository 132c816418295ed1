// Inventory:
//   button: { driver: command, press: "finger 2 down", release: "finger 2 up" }     # limit: 10s
// {state} in press and release is pressed or released, so one command can serve both.
using System.ComponentModel;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;

namespace LabRunner.Hardware.Drivers.Buttons;

/// <summary>Options of <see cref="CommandButton"/>.</summary>
public sealed record CommandButtonOptions
{
    /// <summary>Shell command that pushes.</summary>
    [Description("Shell command that pushes the button.")]
    public required string Press { get; init; }

    /// <summary>Shell command that lets go.</summary>
    [Description("Shell command that lets the button go.")]
    public required string Release { get; init; }

    /// <summary>Time limit of each command, machine time. Default 10 s.</summary>
    [Description("Time limit of each command. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A button pushed by shell commands. Neither building nor disposing it moves anything.</summary>
[Driver(Contracts.Button, "command")]
public sealed class CommandButton(CommandButtonOptions options, IDriverContext context) : IButton
{
    private readonly ShellCommand _press = new(context, "press", options.Press, options.Limit, "state");
    private readonly ShellCommand _release = new(context, "release", options.Release, options.Limit, "state");

    /// <inheritdoc/>
    public async Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        // Somewhere between the start and the end of the command it moved.
        TimeSpan before = context.Clock.Elapsed;
        await (pressed ? _press : _release).RunAsync(
            new Dictionary<string, string> { ["state"] = pressed ? "pressed" : "released" }, cancellationToken).ConfigureAwait(false);
        TimeSpan half = (context.Clock.Elapsed - before) / 2;
        return new ButtonEdge(before + half, pressed, half);
    }

    /// <inheritdoc/>
    public Task<bool?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<bool?>(null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
