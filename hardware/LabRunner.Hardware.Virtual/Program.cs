using LabRunner.Hardware.Virtual.Host;

VirtualBenchProcess.Detach();
return await VirtualBenchProcess.RunAsync(args, Console.OpenStandardInput(), Console.Out, Console.Error).ConfigureAwait(false);
