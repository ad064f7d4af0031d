<?php
// PHP's SoapServer, giving back what it understood: php -S 127.0.0.1:PORT soap_types.php

class Vehicle
{
}

class Car extends Vehicle
{
}

class Van extends Car
{
}

class Types
{
    public function Echo($request)
    {
        return ['it' => $request->it];
    }
}

$server = new SoapServer(__DIR__ . '/soap_types.wsdl', [
    'cache_wsdl' => WSDL_CACHE_NONE,
    'classmap' => ['Vehicle' => 'Vehicle', 'Car' => 'Car', 'Van' => 'Van'],
]);
$server->setClass('Types');
$server->handle();
