using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>
/// One input of an ADS1115 (Texas Instruments, data sheet SBAS444): single conversions against ground, ±4.096 V in steps of 125 µV, 128 a
/// second. Several slots may share a chip: a conversion whose input was changed meanwhile is done again.
/// </summary>
internal sealed class Ads1115Input(IDriverContext context, string bus, int address) : IDisposable
{
    private const byte Conversion = 0;
    private const byte Config = 1;
    private const int Attempts = 20;

    // OS start, PGA ±4.096 V, single shot, 128 samples a second, comparator off; the input goes to bits 14 to 12 as 1xx.
    private const ushort Start = 0x8383 | 0x4000;
    private const ushort Ready = 0x8000;
    private const double VoltsPerStep = 125e-6;
    private static readonly TimeSpan ConversionTime = TimeSpan.FromMilliseconds(8);

    private readonly I2cRegisters _chip = new(context, "ADS1115", bus, address, FaultKind.Power);

    /// <summary>Converts once.</summary>
    /// <param name="input">0 to 3.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Volts at the pin.</returns>
    /// <exception cref="BenchFaultException">The chip did not answer or never got ready.</exception>
    public async Task<double> ReadAsync(int input, CancellationToken cancellationToken)
    {
        ushort wanted = (ushort)(Start | (input << 12));
        _chip.Guard(chip =>
        {
            chip.Write(Config, wanted);
            return true;
        });
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            // Machine time: a chip does not follow the run's clock.
            await Task.Delay(ConversionTime, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            double? volts = _chip.Guard<double?>(chip =>
            {
                ushort config = chip.Read(Config);
                bool mine = (config | Ready) == wanted;
                if (!mine)
                {
                    chip.Write(Config, wanted);
                    return null;
                }

                if ((config & Ready) == 0)
                {
                    return null;
                }

                short steps = (short)chip.Read(Conversion);
                return (chip.Read(Config) | Ready) == wanted ? steps * VoltsPerStep : null;
            });
            if (volts is { } value)
            {
                return value;
            }
        }

        throw _chip.Fault("finished no conversion of this input");
    }

    public void Dispose() => _chip.Dispose();
}
