using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

internal sealed class GpioRig : PowerRig
{
    private const int Line = 17;
    private readonly FakeChip _chip = new();

    public GpioRig() => Context.With("pi", new GpioController(_chip));

    public override bool OffAtOpening => true;

    public override bool Output { get => _chip[Line]; set => _chip.Drive(Line, value); }

    public override bool Stuck { get => _chip.Stuck.Contains(Line); set => _ = value ? _chip.Stuck.Add(Line) : _chip.Stuck.Remove(Line); }

    public override IPowerSwitch Build() => new GpioPower(new GpioPowerOptions { Chip = "pi", Line = Line }, Context);

    public override Task VanishAsync()
    {
        _chip.Broken = new IOException("no such device");
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _chip.Dispose();
        return base.DisposeAsync();
    }
}

/// <summary>Devices behind programs: shell scripts that keep the output in a file.</summary>
internal abstract class ScriptRig : PowerRig
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("power-").FullName;

    public override bool Output
    {
        get => File.ReadAllText(State).Trim() == "on";
        set => File.WriteAllText(State, value ? "on\n" : "off\n");
    }

    public override bool Stuck
    {
        get => File.Exists(Path.Combine(Folder, "stuck"));
        set => File.WriteAllText(Path.Combine(Folder, "stuck"), value.ToString());
    }

    private string State => Path.Combine(Folder, "state");

    public override Task StartAsync()
    {
        Output = false;
        return Task.CompletedTask;
    }

    public override Task VanishAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "gone"), "");
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return base.DisposeAsync();
    }

    /// <summary>An executable script; $D is the folder, and it fails once the device is gone.</summary>
    protected string Script(string name, string body)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, $"#!/bin/sh\nD='{Folder}'\n[ -e $D/gone ] && {{ echo 'device is gone' >&2; exit 1; }}\nset_to() {{ [ -e $D/stuck ] || echo $1 >$D/state; }}\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}

internal sealed class CommandRig : ScriptRig
{
    public override IPowerSwitch Build()
    {
        string relay = Script("relay", "[ -n \"$1\" ] && set_to $1\ncat $D/state");
        return new CommandPower(new CommandPowerOptions { On = $"{relay} {{state}}", Off = $"{relay} {{state}}", State = relay, Limit = Limit }, Context);
    }
}

/// <summary>uhubctl's words: the README of github.com/mvp/uhubctl, a USB 3 hub that is listed twice.</summary>
internal sealed class UhubctlRig : ScriptRig
{
    public override IPowerSwitch Build() => new UhubctlPower(
        new UhubctlPowerOptions
        {
            Location = "1-1.4",
            Port = 2,
            Limit = Limit,
            Program = Script("uhubctl", """
                [ "$1 $2 $3 $4" = "-l 1-1.4 -p 2" ] || { echo "No compatible devices detected" ; exit 1; }
                [ "$5" = "-a" ] && set_to $6
                if [ $(cat $D/state) = on ]; then A="0503 power highspeed enable connect [0bda:5411 Plug]"; B="02a0 power 5gbps Rx.Detect"; else A="0000 off"; B="0080 off"; fi
                echo "Current status for hub 1-1.4 [2109:2817 USB2.0 Hub, USB 2.10, 4 ports, ppps]"
                echo "  Port 2: $A"
                echo "Current status for hub 2-1.4 [2109:0817 USB3.0 Hub, USB 3.20, 4 ports, ppps]"
                echo "  Port 2: $B"
                """),
        },
        Context);
}
