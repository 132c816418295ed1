using System.Globalization;
using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>A function generator of three outputs, with the manners of a Keysight 33500: numbers in exponents, width against period checked.</summary>
internal sealed class ScpiPulseRig : PulseRig
{
    public ScpiPulseRig() => Source = new ScpiPulses(
        new ScpiPulsesOptions { Bus = "generator", Cf = 1, Cf1Voltage = 2, Cf1Current = 3 }, new FakeContext().With("generator", Generator));

    public FakeGenerator Generator { get; } = new();

    public override IPulseSource Source { get; }

    public override Task<bool> EmitsAsync(PulseChannel channel) => Task.FromResult(Generator.Outputs[(int)channel].On);

    public override ValueTask DisposeAsync() => Source.DisposeAsync();
}

internal sealed class FakeGenerator : IScpiInstrument
{
    public Output[] Outputs { get; } = [new(), new(), new()];

    /// <summary>Every command and question so far.</summary>
    public List<string> Heard { get; } = [];

    /// <summary>Takes the order to switch off and does nothing.</summary>
    public bool Stuck { get; set; }

    public Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Heard.AddRange(lines);
        List<string> answers = [];
        foreach (string line in lines)
        {
            Output output = Outputs[line[4] - '1'];
            string[] words = (line[..4] + line[5..]).Split(' ');
            double number = words.Length == 2 && double.TryParse(words[1], CultureInfo.InvariantCulture, out double value) ? value : 0;
            switch (words[0])
            {
                case "OUTP": output.On = words[1] == "ON" || (output.On && Stuck); break;
                case "OUTP:LOAD": output.HighImpedance = words[1] == "INF"; break;
                case "SOUR:FUNC": output.Shape = words[1]; break;
                case "SOUR:VOLT:HIGH": output.High = number; break;
                case "SOUR:VOLT:LOW": break;
                case "SOUR:FREQ": output.Set(number, output.Width); break;
                case "SOUR:FUNC:PULS:WIDT": output.Set(output.Hertz, number); break;
                case "OUTP?": answers.Add(output.On ? "1" : "0"); break;
                case "SOUR:FREQ?": answers.Add(Text(output.Hertz)); break;
                case "SOUR:FUNC:PULS:WIDT?": answers.Add(Text(output.Width)); break;
                case "SOUR:VOLT:HIGH?": answers.Add(Text(output.High)); break;
                default: throw Refused($"-113,\"Undefined header\" after {line}");
            }
        }

        return Task.FromResult<IReadOnlyList<string>>(answers);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Text(double value) => value.ToString("+0.000000000000000E+00;-0.000000000000000E+00", CultureInfo.InvariantCulture);

    private static BenchFaultException Refused(string error) => new(FaultKind.Power, "slot p1", error, "Look it up");

    internal sealed class Output
    {
        public bool On { get; set; }

        public bool HighImpedance { get; set; }

        public string Shape { get; set; } = "SIN";

        public double High { get; set; } = 0.05;

        public double Hertz { get; private set; } = 1000;

        public double Width { get; private set; } = 100e-6;

        public void Set(double hertz, double width) =>
            (Hertz, Width) = hertz * width < 1 ? (hertz, width) : throw Refused("-221,\"Settings conflict; pulse width larger than period\"");
    }
}
